-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "options_moderated" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "proposals" (
    "poll_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "proposed_by_id" TEXT NOT NULL,

    CONSTRAINT "proposals_pkey" PRIMARY KEY ("poll_id","id")
);

-- AddForeignKey
ALTER TABLE "proposals" ADD CONSTRAINT "proposals_poll_id_fkey" FOREIGN KEY ("poll_id") REFERENCES "polls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "proposals" ADD CONSTRAINT "proposals_proposed_by_id_fkey" FOREIGN KEY ("proposed_by_id") REFERENCES "people"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

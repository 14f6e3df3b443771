-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "has_roll" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "roll_entries" (
    "poll_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "person_id" TEXT,

    CONSTRAINT "roll_entries_pkey" PRIMARY KEY ("poll_id","key")
);

-- AddForeignKey
ALTER TABLE "roll_entries" ADD CONSTRAINT "roll_entries_poll_id_fkey" FOREIGN KEY ("poll_id") REFERENCES "polls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "roll_entries" ADD CONSTRAINT "roll_entries_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "people"("id") ON DELETE SET NULL ON UPDATE CASCADE;

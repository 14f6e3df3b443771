-- AlterTable
ALTER TABLE "ballots" ADD COLUMN     "counted" BOOLEAN NOT NULL DEFAULT true;

-- CreateIndex
CREATE INDEX "ballots_poll_id_person_id_idx" ON "ballots"("poll_id", "person_id") WHERE (NOT counted);

-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "closes_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "polls_closes_at_idx" ON "polls"("closes_at") WHERE (closes_at IS NOT NULL AND closed_at IS NULL);

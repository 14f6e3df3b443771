-- AlterTable
ALTER TABLE "people" ADD COLUMN     "merged_into_id" TEXT,
ADD COLUMN     "merging_since" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "people_merged_into_id_idx" ON "people"("merged_into_id");

-- CreateIndex
CREATE INDEX "people_merging_since_idx" ON "people"("merging_since");

-- AddForeignKey
ALTER TABLE "people" ADD CONSTRAINT "people_merged_into_id_fkey" FOREIGN KEY ("merged_into_id") REFERENCES "people"("id") ON DELETE SET NULL ON UPDATE CASCADE;

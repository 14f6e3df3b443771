-- AlterTable
ALTER TABLE "mirrors" ADD COLUMN     "thread_data" JSONB,
ADD COLUMN     "thread_id" TEXT;

-- CreateIndex
CREATE INDEX "mirrors_thread_id_idx" ON "mirrors"("thread_id");

-- One condition for lists, which PostgreSQL estimates well without statistics: it believes that few rows are NULL, so it
-- sorted all polls.

-- DropIndex
DROP INDEX "polls_deleted_at_idx";

-- AlterTable
ALTER TABLE "polls" ADD COLUMN "listed" BOOLEAN NOT NULL
  GENERATED ALWAYS AS (deleted_at IS NULL AND archived_at IS NULL AND NOT unlisted) STORED;

-- CreateIndex
CREATE INDEX "polls_listed_idx" ON "polls"("status", "last_activity_at", "id") WHERE (listed);

-- CreateIndex
CREATE INDEX "polls_deleted_at_idx" ON "polls"("deleted_at") WHERE (deleted_at IS NOT NULL);

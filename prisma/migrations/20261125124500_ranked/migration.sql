-- AlterEnum
ALTER TYPE "poll_method" ADD VALUE 'ranked';

-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "outcome" JSONB;

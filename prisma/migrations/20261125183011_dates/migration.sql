-- AlterEnum
ALTER TYPE "poll_method" ADD VALUE 'dates';

-- AlterTable
ALTER TABLE "options" ADD COLUMN     "maybes" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "time_zone" TEXT;

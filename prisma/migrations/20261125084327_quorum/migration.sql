-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "quorum" INTEGER;

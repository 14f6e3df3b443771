-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "unlisted" BOOLEAN NOT NULL DEFAULT false;

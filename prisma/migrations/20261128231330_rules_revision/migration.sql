-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "rules_revision" INTEGER NOT NULL DEFAULT 1;

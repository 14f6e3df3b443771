-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "settled_option_id" TEXT;

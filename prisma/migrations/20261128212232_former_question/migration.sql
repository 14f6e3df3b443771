-- AlterTable
ALTER TABLE "poll_texts" ADD COLUMN     "former_title" TEXT;

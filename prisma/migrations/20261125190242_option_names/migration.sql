-- AlterTable
ALTER TABLE "options" ADD COLUMN     "former_title" TEXT;

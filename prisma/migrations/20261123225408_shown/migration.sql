-- AlterTable
ALTER TABLE "mirrors" ADD COLUMN     "shown" INTEGER NOT NULL DEFAULT 0;

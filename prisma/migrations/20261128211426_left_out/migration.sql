-- AlterTable
ALTER TABLE "mirrors" ADD COLUMN     "left_out" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "voters_signed_in" BOOLEAN NOT NULL DEFAULT false;

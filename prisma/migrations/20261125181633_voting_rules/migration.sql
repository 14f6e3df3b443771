-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "capacity" INTEGER,
ADD COLUMN     "electorate" INTEGER,
ADD COLUMN     "votes_final" BOOLEAN NOT NULL DEFAULT false;

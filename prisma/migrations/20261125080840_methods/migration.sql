-- CreateEnum
CREATE TYPE "poll_method" AS ENUM ('single_choice', 'multiple_choice');

-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "max_choices" INTEGER,
ADD COLUMN     "method" "poll_method" NOT NULL DEFAULT 'single_choice';

-- CreateEnum
CREATE TYPE "results_visible" AS ENUM ('always', 'after_closing');

-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "results_visible" "results_visible" NOT NULL DEFAULT 'always';

-- AlterEnum
ALTER TYPE "poll_method" ADD VALUE 'score';


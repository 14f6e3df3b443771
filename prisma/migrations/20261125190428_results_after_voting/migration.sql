-- AlterEnum
ALTER TYPE "results_visible" ADD VALUE 'after_voting';

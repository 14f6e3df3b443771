-- AlterTable
ALTER TABLE "inbox_states" ADD COLUMN     "searched_at" TIMESTAMPTZ(3);

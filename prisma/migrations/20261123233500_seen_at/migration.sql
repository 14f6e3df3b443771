-- AlterTable
ALTER TABLE "chat_accounts" ADD COLUMN     "seen_at" TIMESTAMPTZ(3);

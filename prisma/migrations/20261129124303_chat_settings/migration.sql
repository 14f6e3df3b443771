-- AlterTable
ALTER TABLE "connections" ADD COLUMN     "chat_settings" JSONB NOT NULL DEFAULT '{}';

-- CreateEnum
CREATE TYPE "connection_status" AS ENUM ('active', 'paused', 'retired', 'disconnected');

-- AlterTable
ALTER TABLE "poll_texts" ADD COLUMN     "category" TEXT,
ADD COLUMN     "category_key" TEXT;

-- CreateTable
CREATE TABLE "chat_accounts" (
    "chat" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT,
    "avatar_url" TEXT,
    "sees" TEXT[],
    "linked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "chat_accounts_pkey" PRIMARY KEY ("chat","account_id")
);

-- CreateTable
CREATE TABLE "connections" (
    "id" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "status" "connection_status" NOT NULL,
    "status_reason" TEXT,
    "name" TEXT NOT NULL,
    "room_name" TEXT NOT NULL,
    "room_url" TEXT,
    "external_id" TEXT NOT NULL,
    "address" JSONB NOT NULL,
    "credentials" TEXT,
    "categories" TEXT[],
    "event_kinds" TEXT[],
    "created_by_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_delivered" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "last_error_at" TIMESTAMPTZ(3),
    "failing_since" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL,
    "retry_at" TIMESTAMPTZ(3),
    "error_shown" BOOLEAN NOT NULL,

    CONSTRAINT "connections_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mirrors" (
    "poll_id" TEXT NOT NULL,
    "connection_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "attempting" INTEGER,
    "ends_at" INTEGER,

    CONSTRAINT "mirrors_pkey" PRIMARY KEY ("poll_id","connection_id")
);

-- CreateTable
CREATE TABLE "rejections" (
    "poll_id" TEXT NOT NULL,
    "connection_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "previous" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "resend" BOOLEAN NOT NULL DEFAULT false,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rejections_pkey" PRIMARY KEY ("poll_id","connection_id","revision")
);

-- CreateTable
CREATE TABLE "pairings" (
    "state_hash" BYTEA NOT NULL,
    "browser_hash" BYTEA NOT NULL,
    "purpose" JSONB NOT NULL,
    "access_token" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pairings_pkey" PRIMARY KEY ("state_hash")
);

-- CreateIndex
CREATE INDEX "chat_accounts_person_id_idx" ON "chat_accounts"("person_id");

-- CreateIndex
CREATE INDEX "connections_status_idx" ON "connections"("status");

-- CreateIndex
CREATE INDEX "connections_external_id_idx" ON "connections"("external_id");

-- CreateIndex
CREATE INDEX "mirrors_connection_id_idx" ON "mirrors"("connection_id");

-- CreateIndex
CREATE INDEX "pairings_expires_at_idx" ON "pairings"("expires_at");

-- CreateIndex
CREATE INDEX "poll_texts_category_key_idx" ON "poll_texts"("category_key");

-- AddForeignKey
ALTER TABLE "chat_accounts" ADD CONSTRAINT "chat_accounts_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "people"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connections" ADD CONSTRAINT "connections_created_by_id_fkey" FOREIGN KEY ("created_by_id") REFERENCES "people"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mirrors" ADD CONSTRAINT "mirrors_poll_id_fkey" FOREIGN KEY ("poll_id") REFERENCES "polls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mirrors" ADD CONSTRAINT "mirrors_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connections"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rejections" ADD CONSTRAINT "rejections_poll_id_connection_id_fkey" FOREIGN KEY ("poll_id", "connection_id") REFERENCES "mirrors"("poll_id", "connection_id") ON DELETE CASCADE ON UPDATE CASCADE;

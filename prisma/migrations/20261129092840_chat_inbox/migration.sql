-- AlterTable
ALTER TABLE "comment_origins" ADD COLUMN     "revision" INTEGER;

-- CreateTable
CREATE TABLE "inbox" (
    "chat" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "room" TEXT NOT NULL,
    "topic" TEXT,
    "sent_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(6) NOT NULL,
    "place" INTEGER NOT NULL,
    "content" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "done_at" TIMESTAMPTZ(3),

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("chat","id")
);

-- CreateTable
CREATE TABLE "inbox_states" (
    "chat" TEXT NOT NULL,
    "request" DOUBLE PRECISION,
    "request_at" TIMESTAMPTZ(3),
    "missing_since" TIMESTAMPTZ(3),
    "searched_room" TEXT,

    CONSTRAINT "inbox_states_pkey" PRIMARY KEY ("chat")
);

-- CreateIndex
CREATE INDEX "inbox_waiting_idx" ON "inbox"("chat", "room", "received_at", "place") WHERE (done_at IS NULL);

-- CreateIndex
CREATE INDEX "inbox_topic_idx" ON "inbox"("chat", "topic", "sent_at") WHERE (topic IS NOT NULL);

-- CreateIndex
CREATE INDEX "inbox_done_idx" ON "inbox"("done_at") WHERE (done_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "comment_origins_message_idx" ON "comment_origins"("message");

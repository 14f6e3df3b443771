-- AlterTable
ALTER TABLE "connections" ADD COLUMN     "read_credentials" TEXT,
ADD COLUMN     "read_error" TEXT,
ADD COLUMN     "read_position" TEXT,
ADD COLUMN     "reader" TEXT,
ADD COLUMN     "reader_until" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "comment_origins" (
    "poll_id" TEXT NOT NULL,
    "chat" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "comment_origins_pkey" PRIMARY KEY ("poll_id","chat","message")
);

-- AddForeignKey
ALTER TABLE "comment_origins" ADD CONSTRAINT "comment_origins_poll_id_fkey" FOREIGN KEY ("poll_id") REFERENCES "polls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

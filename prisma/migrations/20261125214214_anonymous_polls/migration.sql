-- AlterTable
ALTER TABLE "polls" ADD COLUMN     "anonymous" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "secret_ballots" (
    "poll_id" TEXT NOT NULL,
    "lookup" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "settled" BOOLEAN NOT NULL,

    CONSTRAINT "secret_ballots_pkey" PRIMARY KEY ("poll_id","lookup")
);

-- CreateTable
CREATE TABLE "published_ballots" (
    "poll_id" TEXT NOT NULL,
    "receipt_hash" TEXT NOT NULL,
    "choices" TEXT[],

    CONSTRAINT "published_ballots_pkey" PRIMARY KEY ("poll_id","receipt_hash")
);

-- CreateIndex
CREATE INDEX "secret_ballots_poll_id_idx" ON "secret_ballots"("poll_id") WHERE (NOT settled);

-- AddForeignKey
ALTER TABLE "secret_ballots" ADD CONSTRAINT "secret_ballots_poll_id_fkey" FOREIGN KEY ("poll_id") REFERENCES "polls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "published_ballots" ADD CONSTRAINT "published_ballots_poll_id_fkey" FOREIGN KEY ("poll_id") REFERENCES "polls"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- In an anonymous poll, a ballot says who has voted and nothing else.
ALTER TABLE "ballots" DROP CONSTRAINT "ballots_choices_check";
ALTER TABLE "published_ballots" ADD CONSTRAINT "published_ballots_choices_check" CHECK (cardinality("choices") >= 1);

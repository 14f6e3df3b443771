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

-- A process of an older version, which knows nothing of secrets, must not write down what somebody votes there.
CREATE FUNCTION refuse_misplaced_choices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM cast_ballots c JOIN polls p ON p.id = c.poll_id WHERE p.anonymous = (cardinality(c.choices) > 0)
  ) THEN
    RAISE EXCEPTION 'In an anonymous poll, and in no other, ballots have no choices.' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "ballots_choices_inserted" AFTER INSERT ON "ballots"
    REFERENCING NEW TABLE AS cast_ballots FOR EACH STATEMENT EXECUTE FUNCTION refuse_misplaced_choices();
CREATE TRIGGER "ballots_choices_updated" AFTER UPDATE ON "ballots"
    REFERENCING NEW TABLE AS cast_ballots FOR EACH STATEMENT EXECUTE FUNCTION refuse_misplaced_choices();

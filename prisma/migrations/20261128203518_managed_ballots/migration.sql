-- AlterTable
ALTER TABLE "ballots" ADD COLUMN     "removed_option" TEXT,
ADD COLUMN     "set_aside_reason" TEXT;

-- Without choices, a ballot in a poll that is not anonymous is no vote: its only option was removed.
CREATE OR REPLACE FUNCTION refuse_misplaced_choices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM cast_ballots c JOIN polls p ON p.id = c.poll_id
    WHERE p.anonymous = (cardinality(c.choices) > 0) AND (p.anonymous OR c.counted OR c.removed_option IS NULL)
  ) THEN
    RAISE EXCEPTION 'In an anonymous poll, and in no other, ballots have no choices.' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

-- AlterTable
ALTER TABLE "options" ADD COLUMN     "renamed_at_revision" INTEGER;

-- Of options that were renamed before, the log tells when.
UPDATE "options" o SET "renamed_at_revision" = e."revision"
FROM (
  SELECT "poll_id", "facts"->>'optionId' AS "option_id", max("revision") AS "revision"
  FROM "events" WHERE "type" = 'option_renamed' GROUP BY 1, 2
) AS e
WHERE o."poll_id" = e."poll_id" AND o."id" = e."option_id";

-- AlterTable
ALTER TABLE "poll_texts" ADD COLUMN     "title_revision" INTEGER NOT NULL DEFAULT 1;

-- Of polls whose title was edited before, the log tells when.
UPDATE "poll_texts" t SET "title_revision" = e."revision"
FROM (
  SELECT "poll_id", max("revision") AS "revision" FROM "events" WHERE "type" = 'edited' AND "facts" ? 'title' GROUP BY 1
) AS e
WHERE t."poll_id" = e."poll_id";

-- Dates that were added later stood last; now dates stand in the order of time.
UPDATE "options" o SET "position" = r.place
FROM (
  SELECT s."poll_id", s."id", row_number() OVER (PARTITION BY s."poll_id" ORDER BY s."title" COLLATE "C") AS place
  FROM "options" s JOIN "polls" p ON p."id" = s."poll_id"
  WHERE p."method"::text = 'dates'
) r
WHERE r."poll_id" = o."poll_id" AND r."id" = o."id" AND o."position" <> r.place;

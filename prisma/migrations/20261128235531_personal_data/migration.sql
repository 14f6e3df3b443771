-- DropIndex
DROP INDEX "events_poll_id_revision_idx";

-- AlterTable
ALTER TABLE "people" ADD COLUMN     "removing_since" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "comments_author_id_at_poll_id_revision_idx" ON "comments"("author_id", "at", "poll_id", "revision");

-- CreateIndex
CREATE INDEX "events_poll_id_revision_idx" ON "events"("poll_id", "revision") WHERE (type = ANY (ARRAY['edited'::text, 'closed'::text, 'guest_merged'::text]));

-- CreateIndex
CREATE INDEX "openings_person_id_at_poll_id_idx" ON "openings"("person_id", "at", "poll_id");

-- CreateIndex
CREATE INDEX "people_removing_since_idx" ON "people"("removing_since") WHERE (removing_since IS NOT NULL);

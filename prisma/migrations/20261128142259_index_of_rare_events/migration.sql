-- CreateIndex
CREATE INDEX "events_poll_id_revision_idx" ON "events"("poll_id", "revision") WHERE (type = ANY (ARRAY['edited'::text, 'closed'::text]));

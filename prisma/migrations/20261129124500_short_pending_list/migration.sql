-- New texts wait in a list of the index, which every search reads whole, until the list is this long (in kB). By default
-- it grows to 4 MB. A new poll costs a little more with a shorter one.
ALTER INDEX "poll_texts_search_idx" SET (gin_pending_list_limit = 512);

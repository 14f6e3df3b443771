-- Searches find words however they are written: in any Unicode form, in capitals or not, with accents or without.
-- search_form brings a text, and what is searched for, to one form. It is a function of the database so that versions
-- of Polldock that do not know it write rows that are found, too.
--
-- Lower case by the best rules that the database has: those built into PostgreSQL 17 and newer, else those of ICU, else
-- those of the database's own locale.
DO $do$
DECLARE
  collation_name TEXT := (
    SELECT quote_ident(c.collname) FROM pg_collation c
    WHERE c.collnamespace = 'pg_catalog'::regnamespace AND c.collname IN ('pg_c_utf8', 'und-x-icu')
      AND c.collencoding IN (-1, pg_char_to_encoding(getdatabaseencoding()))
    ORDER BY c.collname LIMIT 1);
BEGIN
  EXECUTE format(
    $create$
    CREATE FUNCTION search_form(given TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
      SELECT replace(replace(replace(replace(translate(
        normalize(regexp_replace(lower(normalize(given, NFKD) COLLATE %s), %L, '', 'g'), NFKC),
        'øđłħŧıðς', 'odlhtidσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    $body$
    $create$,
    coalesce(collation_name, '"default"'),
    -- Accents, vowel points of Hebrew and Arabic, and what nobody can see. Marks of other scripts are letters.
    '[\u00AD\u0300-\u036F\u0483-\u0487\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u061C\u064B-\u065F'
      || '\u0670\u06D6-\u06DC\u180B-\u180F\u1AB0-\u1AFF\u1DC0-\u1DFF\u200B-\u200F\u202A-\u202E\u2060-\u206F\u20D0-\u20FF'
      || '\uFE00-\uFE0F\uFE20-\uFE2F\uFEFF]'
  );
END $do$;

-- DropIndex
DROP INDEX "poll_texts_title_description_idx";

-- AlterTable
ALTER TABLE "poll_texts" ADD COLUMN "search" TEXT NOT NULL
  GENERATED ALWAYS AS (search_form(title || E'\n' || description)) STORED;

-- CreateIndex
CREATE INDEX "poll_texts_search_idx" ON "poll_texts" USING GIN ("search" gin_trgm_ops);

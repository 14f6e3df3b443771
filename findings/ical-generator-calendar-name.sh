#!/usr/bin/env bash
# ical-generator 11.1.2 writes the name of a calendar (NAME and X-WR-CALNAME) and its description (X-WR-CALDESC) as they
# are, and escapes the same text in an event (SUMMARY, DESCRIPTION). These properties are of the type TEXT (RFC 7986,
# section 5.1), in which a comma, a semicolon and a backslash are escaped with a backslash, and a line break is \n
# (RFC 5545, section 3.3.11). So a description of two lines breaks the file: its second line is no property.
#
# Seen with Node.js 20.20 and 24.21:
#
#   NAME:Lunch, dinner; or both?
#   X-WR-CALNAME:Lunch, dinner; or both?
#   X-WR-CALDESC:One line
#   and another
#   SUMMARY:Lunch\, dinner\; or both?
#   DESCRIPTION:One line\nand another
#
# Fails when that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund ical-generator@11.1.2

cat > calendar.mjs << 'JS'
import ical from 'ical-generator'
const [name, description] = ['Lunch, dinner; or both?', 'One line\nand another']
const calendar = ical({ name, description })
calendar.createEvent({ start: new Date(0), summary: name, description })
console.log(calendar.toString())
JS
node calendar.mjs | tr -d '\r' | grep -A1 -E '^(NAME|X-WR-CALNAME|X-WR-CALDESC|SUMMARY|DESCRIPTION):' |
  grep -E '^(NAME|X-WR-CALNAME|X-WR-CALDESC|SUMMARY|DESCRIPTION|and another)' > seen

cat > expected << 'TEXT'
NAME:Lunch, dinner; or both?
X-WR-CALNAME:Lunch, dinner; or both?
X-WR-CALDESC:One line
and another
SUMMARY:Lunch\, dinner\; or both?
DESCRIPTION:One line\nand another
TEXT
diff expected seen && echo 'As it was seen.'

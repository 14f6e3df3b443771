-- CreateTable
CREATE TABLE "unlinked_accounts" (
    "chat" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "person_id" TEXT NOT NULL,

    CONSTRAINT "unlinked_accounts_pkey" PRIMARY KEY ("chat","account_id")
);

-- CreateIndex
CREATE INDEX "unlinked_accounts_person_id_idx" ON "unlinked_accounts"("person_id");

-- AddForeignKey
ALTER TABLE "unlinked_accounts" ADD CONSTRAINT "unlinked_accounts_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "people"("id") ON DELETE CASCADE ON UPDATE CASCADE;

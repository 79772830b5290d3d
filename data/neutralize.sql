-- A copy neither writes to nor deletes from the buckets of the database that it was made of, and it
-- has no access to them with that database's secrets.
UPDATE s3_bucket
   SET state = 'detached'
 WHERE instance IS NOT NULL;
DELETE FROM s3_credential;

-- A copy neither writes to nor deletes from the buckets of the database that it was made of.
UPDATE s3_bucket
   SET state = 'detached'
 WHERE instance IS NOT NULL;

"""Downloads of what is in S3."""

from werkzeug.exceptions import NotFound, RequestedRangeNotSatisfiable, ServiceUnavailable

from odoo.http import Response, Stream, content_disposition, request

from .client import S3Client
from .failure import S3Failure
from .secret import client_of

# What a browser may show by itself; all else is only ever saved.
INLINE_TYPES = {
    *("application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"),
    *("video/mp4", "video/webm"),
}
RETRY_AFTER = 30  # seconds


class S3Stream(Stream):
    """Odoo's stream for an attachment in S3: nothing is fetched before it is needed.

    Whether the user may read the attachment has been checked by whoever asks for the stream.
    """

    type = "data"
    _data = None

    @classmethod
    def of(cls, attachment):
        """Return the stream of an attachment that is in S3."""
        bucket, key = attachment.env["s3.bucket"]._resolve(attachment.store_fname)
        return cls(
            attachment=attachment,
            bucket=bucket,
            key=key,
            mimetype=attachment.mimetype or "application/octet-stream",
            download_name=attachment.name,
            etag=attachment.checksum,
            last_modified=attachment.write_date,
            size=attachment.file_size,
        )

    @property
    def data(self):
        """All bytes. Images are resized from them, archives made of them."""
        if self._data is None:
            self._data = _ask_s3(self, S3Client.get, self.key)
        return self._data

    @data.setter
    def data(self, value):
        self._data = value

    def get_response(
        self,
        as_attachment=None,
        immutable=None,
        content_security_policy="default-src 'none'",
        **send_file_kwargs,
    ):
        """Answer with a redirect to S3 or with what comes from there, as the bucket says."""
        if self._data is not None:
            return super().get_response(
                as_attachment, immutable, content_security_policy, **send_file_kwargs
            )
        mimetype = self.mimetype.partition(";")[0].strip().lower()
        if as_attachment is None:
            as_attachment = self.as_attachment
        inline = not as_attachment and mimetype in INLINE_TYPES
        headers = {
            "Content-Type": f"{mimetype}; charset=utf-8" if mimetype == "text/plain" else mimetype,
            "Content-Disposition": content_disposition(
                self.download_name, "inline" if inline else "attachment"
            ),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
            "ETag": f'"{self.etag}"',
        }
        if content_security_policy:
            headers["Content-Security-Policy"] = content_security_policy
        if request.httprequest.method == "HEAD":
            return self._head(headers)
        if self.bucket and self.bucket.download_mode == "redirect":
            return self._redirect(headers)
        return self._through_odoo(headers)

    def _head(self, headers):
        """Answer from the attachment's row: an address signed for GET is no good for HEAD."""
        response = Response(b"", headers={**headers, "Accept-Ranges": "bytes"})
        response.automatically_set_content_length = False
        response.headers["Content-Length"] = str(self.size)
        return response

    def _redirect(self, headers):
        url = _ask_s3(
            self,
            S3Client.sign,
            self.key,
            self.bucket.url_expiry,
            headers["Content-Disposition"],
            headers["Content-Type"],
        )
        response = request.redirect(url, code=302, local=False)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _through_odoo(self, headers):
        wanted = request.httprequest.range
        part = None
        if wanted and wanted.units == "bytes" and len(wanted.ranges) == 1 and self._same_version():
            part = wanted.range_for_length(self.size)
            if part is None:
                raise RequestedRangeNotSatisfiable(self.size)
        start, stop = part or (0, self.size)
        arguments = (start, stop - start) if part else ()
        chunks, length = _ask_s3(self, S3Client.stream, self.key, *arguments)
        headers.update({"Accept-Ranges": "bytes", "Content-Length": str(stop - start)})
        if part:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{self.size}"
        if length != stop - start:
            chunks.close()
            raise _http_error(self, S3Failure("missing", "OtherLength", "GetObject"))
        return Response(
            chunks, status=206 if part else 200, headers=headers, direct_passthrough=True
        )

    def _same_version(self):
        """Return whether a browser that goes on with a download still gets the same file."""
        condition = request.httprequest.if_range
        return not condition.date and condition.etag in (None, self.etag)


# Plain functions: a server action may call every method of a stream, and the client has the secret.


def _ask_s3(stream, method, *arguments):
    """Call a method of the bucket's client; instead of a failure raise what HTTP says."""
    if not stream.bucket:
        raise NotFound()
    try:
        return method(client_of(stream.bucket), *arguments)
    except S3Failure as failure:
        raise _http_error(stream, failure) from failure


def _http_error(stream, failure):
    """Return what HTTP says of a failure, for Odoo shows a placeholder instead of other errors."""
    message = stream.attachment._s3_error(failure).args[0]
    if failure.kind == "missing":
        return NotFound(message)
    return ServiceUnavailable(message, retry_after=RETRY_AFTER)

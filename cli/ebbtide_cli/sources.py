"""Where snapshots are read from: the bucket of a deployed stack, any bucket, or a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ebbtide.store.readable import Readable
from ebbtide_cli.errors import SourceError, UsageError

if TYPE_CHECKING:
    import boto3

    from ebbtide.store.bucket import Bucket

DEFAULT_STACK = "ebbtide"
_OUTPUT = "BucketName"


@dataclass(frozen=True, slots=True)
class Source:
    """What the command line says about where to read; at most one of the first three is given."""

    stack: str | None = None
    bucket: str | None = None
    folder: Path | None = None
    region: str | None = None
    profile: str | None = None

    def open(self) -> Readable:
        """Raises SourceError when there is no such folder or stack."""
        if self.folder is None:
            return self.open_bucket()
        from ebbtide.store.bucket_copy import Folder

        if not self.folder.is_dir():
            raise SourceError(f"there is no folder {self.folder}")
        return Folder(self.folder)

    def open_bucket(self) -> Bucket:
        """The bucket, to write to it; raises UsageError for a folder."""
        if self.folder is not None:
            raise UsageError(
                f"{self.folder} is a copy, to change it would have no effect; "
                "give --stack or --bucket"
            )
        from ebbtide.store.bucket import Bucket

        session = self._session()
        name = self.bucket or _bucket_of(session, self.stack or DEFAULT_STACK)
        return Bucket(_client(session, "s3"), name)

    def _session(self) -> boto3.session.Session:
        import boto3

        return boto3.session.Session(profile_name=self.profile, region_name=self.region)


def _client(session: boto3.session.Session, service: str) -> Any:
    from botocore.config import Config

    # A person waits: what cannot be reached is to be told soon.
    config = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard"})
    untyped: Any = session
    return untyped.client(service, config=config)


def _bucket_of(session: boto3.session.Session, stack: str) -> str:
    """The bucket of a deployed stack, from its outputs."""
    from botocore.exceptions import ClientError

    cloudformation = _client(session, "cloudformation")
    place = cloudformation.meta.region_name
    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise SourceError(
            f"there is no stack {stack} in {place}; give --stack and --region, --bucket or --folder"
        ) from error
    for output in found.get("Outputs", []):
        if output["OutputKey"] == _OUTPUT:
            return str(output["OutputValue"])
    raise SourceError(f"the stack {stack} in {place} has no output {_OUTPUT}; is it Ebbtide's?")

"""The sources of snapshots: the bucket of a deployed stack, any bucket, or a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
_PLACES = ("stack", "bucket", "folder")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever the credentials belong to: their unique user id, and their ARN."""

    user: str
    arn: str


@dataclass(frozen=True, slots=True)
class Source:
    """A stack, a bucket or a folder; with none of the three, the stack `ebbtide`.

    `hurried` shortens time-outs to a few seconds, for shell completion.
    """

    stack: str | None = None
    bucket: str | None = None
    folder: Path | None = None
    region: str | None = None
    profile: str | None = None
    hurried: bool = False

    @property
    def is_given(self) -> bool:
        """Whether the user chose a stack, a bucket or a folder."""
        return any(place is not None for place in (self.stack, self.bucket, self.folder))

    def open(self) -> Readable:
        """Open the source to read it. Raises SourceError if the folder or stack is missing."""
        if self.folder is None:
            return self.open_bucket()
        from ebbtide.store.bucket_copy import Folder

        if not self.folder.is_dir():
            raise SourceError(f"folder not found: {self.folder}")
        return Folder(self.folder)

    def open_bucket(self, purpose: str = "change the configuration") -> Bucket:
        """Open the bucket to write to it. Raises UsageError for a folder."""
        self.require_bucket(purpose)
        from ebbtide.store.bucket import Bucket

        session = self._session()
        name = self.bucket or self._bucket_of(session, self.stack or DEFAULT_STACK)
        return Bucket(self._client(session, "s3"), name)

    def require_bucket(self, purpose: str = "change the configuration") -> None:
        """Raise UsageError for a folder, whose configuration no run reads."""
        if self.folder is not None:
            raise UsageError(
                f"cannot {purpose} in {self.folder}: it is a copy; give --stack or --bucket"
            )

    def caller_arn(self) -> str | None:
        """Return the ARN of whoever calls AWS; None if AWS does not say so at once."""
        from botocore.exceptions import BotoCoreError, ClientError

        client = self._client(self._session(), "sts", hurried=True)
        try:
            return str(client.get_caller_identity()["Arn"])
        except (BotoCoreError, ClientError):
            return None

    def caller(self) -> Caller:
        """Return who calls AWS. The user id is what IAM compares as `aws:userid`."""
        answer = self._client(self._session(), "sts").get_caller_identity()
        return Caller(answer["UserId"], answer["Arn"])

    def _session(self) -> boto3.session.Session:
        import boto3

        return boto3.session.Session(profile_name=self.profile, region_name=self.region)

    def _client(
        self,
        session: boto3.session.Session,
        service: str,
        *,
        hurried: bool = False,
        **more: str,
    ) -> Any:
        from botocore.config import Config

        # A person is waiting, and by default botocore tries to connect for 60 s.
        options: dict[str, Any] = {"connect_timeout": 5, "read_timeout": 60}
        hurried = hurried or self.hurried
        if hurried:
            options = {"connect_timeout": 1, "read_timeout": 3}
        attempts = {"total_max_attempts": 1} if hurried else {}
        options |= more
        config = Config(**options, retries={"mode": "standard", **attempts})
        untyped: Any = session
        try:
            return untyped.client(service, config=config)
        # botocore raises a plain ValueError if the region yields an invalid endpoint.
        except ValueError as error:
            raise SourceError(
                f"cannot call AWS: {str(error).rstrip('.')}; check --region"
            ) from error

    def _bucket_of(self, session: boto3.session.Session, stack: str) -> str:
        """Return the bucket of a deployed stack. Raises SourceError as `outputs_of` does."""
        return self._outputs(session, stack)[_OUTPUT]

    def client(self, service: str) -> Any:
        """Return a client of AWS in the region of the source."""
        return self._client(self._session(), service)

    def signing_client(self, bucket: str) -> Any:
        """Return a client that signs links to a bucket, which name the region of the bucket."""
        session = self._session()
        client = self._client(session, "s3", signature_version="s3v4")
        region = client.head_bucket(Bucket=bucket).get("BucketRegion")
        if region in (None, client.meta.region_name):
            return client
        return self._client(session, "s3", signature_version="s3v4", region_name=region)

    def has_temporary_credentials(self) -> bool:
        """Return whether the caller's credentials are those of a session, such as of SSO."""
        untyped: Any = self._session()
        credentials = untyped.get_credentials()
        return bool(credentials is not None and credentials.get_frozen_credentials().token)

    def outputs_of(self, stack: str) -> dict[str, str]:
        """Return the outputs of a deployed stack.

        Raises SourceError if there is no such stack, or if it is not Ebbtide's.
        """
        return self._outputs(self._session(), stack)

    def _outputs(self, session: boto3.session.Session, stack: str) -> dict[str, str]:
        from botocore.exceptions import ClientError

        cloudformation = self._client(session, "cloudformation")
        region = cloudformation.meta.region_name
        try:
            found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            raise SourceError(
                f"stack not found: {stack} in {region}; "
                "give --stack and --region, --bucket or --folder"
            ) from error
        outputs = {one["OutputKey"]: str(one["OutputValue"]) for one in found.get("Outputs", [])}
        if _OUTPUT in outputs:
            return outputs
        raise SourceError(
            f"stack {stack} in {region} has no output {_OUTPUT}; give the name of an Ebbtide stack"
        )


def chosen_source(options: Mapping[str, Any], origin_of: Callable[[str], Any]) -> Source:
    """Return the source that the global options name.

    Options override environment variables; `origin_of` returns Typer's ParameterSource of an
    option. Raises UsageError for more than one source.
    """
    given = [name for name in _PLACES if options[name] is not None]
    typed = [name for name in given if origin_of(name).name == "COMMANDLINE"]
    chosen = typed or given
    if len(chosen) > 1:
        names = [f"--{name}" if typed else f"EBBTIDE_{name.upper()}" for name in chosen]
        raise UsageError(
            f"{' and '.join(names)} are mutually exclusive; "
            "give one of --stack, --bucket and --folder"
        )
    places = {name: options[name] for name in chosen}
    if "folder" in places:
        places["folder"] = Path(places["folder"])
    return Source(**places, region=options["region"], profile=options["profile"])

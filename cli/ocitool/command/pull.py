"""``ocitool pull``: images into the local store, with progress on stderr and their IDs on stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oci.frozen import frozen, replace

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.platform import PlatformType, wished_platform
from ..option.progress import progress_option
from ..option.retry import Patience, retry_options
from ..option.switch import accepted, switch
from ..output import text_bytes, write
from ..progress.mode import Mode, display
from ..short_name import full_name
from ..task import NO_POLICY, task, work_context
from ..view.omission import warn_of

if TYPE_CHECKING:
    from oci import Platform, Pulled, PullPolicy, Settings
    from oci.content import CancelToken
    from oci.transfer import CopyOptions

    from ..invocation import Invocation

_POLICIES = ("always", "missing", "never", "newer")


@click.command("pull", cls=Command)
@click.argument("images", type=ImageType(), metavar="IMAGE...", nargs=-1, required=True)
@switch("-a", "--all-tags", text="Pull all tags of each repository.")
@click.option(
    "--platform",
    type=PlatformType(),
    help="The platform that the image must be for; of an index, this machine's is taken by default.",
)
@click.option("--os", "os_name", metavar="OS", help="Choose images for this operating system.")
@click.option("--arch", metavar="ARCH", help="Choose images for this architecture.")
@click.option("--variant", metavar="VARIANT", help="Choose images for this variant of the architecture.")
@click.option(
    "--policy",
    "policy_name",
    type=click.Choice(_POLICIES),
    default="always",
    show_default=True,
    help="When to pull: newer makes do with what is there where the registry cannot be reached.",
)
@switch("--discard-unpacked", text="Keep no compressed layers: the image runs, but cannot be pushed.")
@progress_option("auto paints bars on a terminal, lines elsewhere")
@switch("-q", "--quiet", text="Show nothing but IDs, warnings and errors.")
@access_options("access")
@retry_options("patience")
@accepted("--disable-content-trust", text="that is docker's own signing, which is no more.")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    images: tuple[str, ...],
    all_tags: bool,
    platform: Platform | None,
    os_name: str | None,
    arch: str | None,
    variant: str | None,
    policy_name: str,
    discard_unpacked: bool,
    progress: str,
    quiet: bool,
    access: Access,
    patience: Patience,
) -> None:
    """Fetch images into the local store, and unpack them there.

    Layers are unpacked while they arrive, and only those that are not there move. The ID of each image is
    printed on stdout.
    """
    from oci import PullPolicy
    from oci.transfer import CopyOptions

    parts = {"os": os_name, "architecture": arch, "variant": variant}
    given = {name: value for name, value in parts.items() if value is not None}
    if platform is not None and given:
        raise click.UsageError("--platform excludes --os, --arch and --variant")
    for name, value in given.items():
        setattr(invocation, name, value)
    with task("pull", *images):
        settings = patience.settings(access.settings(invocation.bound_settings()))
        settings = replace(settings, platform=wished_platform(invocation, settings.platform))
        job = _Job(
            settings=settings,
            platform=settings.platform if given else platform,
            policy=PullPolicy(policy_name),
            discards_unpacked=discard_unpacked,
            mode=Mode.NONE if quiet else Mode(progress),
            options=patience.copy_options(CopyOptions()),
            explains_policy=settings.policy is None and not invocation.insecure_policy and not quiet,
        )
        with interruptible(invocation.timeout_s) as token:
            for image in images:
                name = full_name(image, settings)
                for each in job.tagged(name, token) if all_tags else [name]:
                    write(text_bytes(f"{job.pull(each, token).image.image_id.encoded}\n"))


@frozen(kw_only=True)
class _Job:
    """What all images that one command pulls have in common.

    Args:
        settings: How registries are reached, and where the store is.
        platform: The platform that was asked for, or None.
        policy: What to do about an image that is there already.
        discards_unpacked: Whether compressed layers are thrown away.
        mode: How progress is shown.
        options: How often what fails is tried.
        explains_policy: Whether to say so that nothing is demanded of images.
    """

    settings: Settings
    platform: Platform | None
    policy: PullPolicy
    discards_unpacked: bool
    mode: Mode
    options: CopyOptions
    explains_policy: bool

    def tagged(self, repository: str, token: CancelToken) -> list[str]:
        """Return the names of all images of a repository."""
        import oci

        if "@" in repository or ":" in repository.rpartition("/")[2]:
            raise click.UsageError("--all-tags takes the name of a repository, without a tag or digest")
        found = oci.list_tags(repository, context=work_context(self.settings, token))
        return [f"{repository}:{tag}" for tag in found.tags]

    def pull(self, image: str, token: CancelToken) -> Pulled:
        """Pull one."""
        import oci

        with display(self.mode) as shown:
            if self.explains_policy:
                shown.note(NO_POLICY)
            pulled = oci.pull(
                image,
                platform=self.platform,
                policy=self.policy,
                options=replace(self.options, listener=shown),
                discards_unpacked=self.discards_unpacked,
                context=work_context(self.settings, token, warn=shown.warn),
            )
        warn_of(pulled.omissions)
        return pulled

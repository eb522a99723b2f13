// imagecopy copies one image with the engine that skopeo copies with.
//
// usage: imagecopy SOURCE DESTINATION, each docker://HOST/NAME:TAG, oci:DIR:TAG or dir:DIR; certificates are not
// checked.
// IMAGECOPY_POLICY names a policy.json to obey, IMAGECOPY_REGISTRIES_D a registries.d to read, and
// IMAGECOPY_SIGN_KEY a private key of cosign's to sign the copy with, whose password is in COSIGN_PASSWORD.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"go.podman.io/image/v5/copy"
	"go.podman.io/image/v5/directory"
	"go.podman.io/image/v5/docker"
	"go.podman.io/image/v5/oci/layout"
	"go.podman.io/image/v5/signature"
	"go.podman.io/image/v5/types"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: imagecopy SOURCE DESTINATION")
		os.Exit(2)
	}
	if err := copyImage(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "imagecopy:", err)
		os.Exit(1)
	}
}

func copyImage(from, to string) error {
	source, err := reference(from)
	if err != nil {
		return err
	}
	destination, err := reference(to)
	if err != nil {
		return err
	}
	rules, err := rulesOf(os.Getenv("IMAGECOPY_POLICY"))
	if err != nil {
		return err
	}
	policy, err := signature.NewPolicyContext(rules)
	if err != nil {
		return err
	}
	system := &types.SystemContext{
		DockerInsecureSkipTLSVerify: types.OptionalBoolTrue,
		RegistriesDirPath:           os.Getenv("IMAGECOPY_REGISTRIES_D"),
	}
	_, err = copy.Image(context.Background(), policy, destination, source, &copy.Options{
		SourceCtx:                        system,
		DestinationCtx:                   system,
		RemoveSignatures:                 os.Getenv("IMAGECOPY_POLICY") != "",
		SignBySigstorePrivateKeyFile:     os.Getenv("IMAGECOPY_SIGN_KEY"),
		SignSigstorePrivateKeyPassphrase: []byte(os.Getenv("COSIGN_PASSWORD")),
	})
	return err
}

func rulesOf(path string) (*signature.Policy, error) {
	if path != "" {
		return signature.NewPolicyFromFile(path)
	}
	accept := signature.PolicyRequirements{signature.NewPRInsecureAcceptAnything()}
	return &signature.Policy{Default: accept}, nil
}

func reference(text string) (types.ImageReference, error) {
	kind, rest, _ := strings.Cut(text, ":")
	switch kind {
	case "docker":
		return docker.ParseReference(rest)
	case "oci":
		return layout.ParseReference(rest)
	case "dir":
		return directory.NewReference(rest)
	}
	return nil, fmt.Errorf("%q is neither docker:// nor oci: nor dir:", text)
}

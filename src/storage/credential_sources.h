#pragma once

#include <memory>
#include <string>

#include "storage/aws_profile.h"
#include "storage/credentials.h"
#include "storage/environment.h"

// Where AWS credentials come from, each after the AWS SDKs' reference guide ("Standardized
// credential providers").
namespace octo::storage {

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
std::unique_ptr<CredentialSource> EnvironmentCredentials(Environment environment);
// aws_access_key_id, aws_secret_access_key and aws_session_token of a profile, read anew each time
// from the files.
std::unique_ptr<CredentialSource> ProfileCredentials(std::string profile, Environment environment);
// AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or the like settings of the profile:
// AssumeRoleWithWebIdentity at AWS_ENDPOINT_URL_STS or the region's STS.
std::unique_ptr<CredentialSource> WebIdentityCredentials(AwsProfile profile, std::string region,
                                                         std::string ca_bundle,
                                                         Environment environment);
// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI (ECS, EKS). Plain http only to this machine
// and the agents' fixed addresses, or a token would travel in clear.
std::unique_ptr<CredentialSource> ContainerCredentials(Environment environment);
// The machine's role, by IMDSv2, unless AWS_EC2_METADATA_DISABLED. Not answering within a second
// means: not in EC2.
std::unique_ptr<CredentialSource> InstanceCredentials(Environment environment);

// All of them, in this order: environment (unless a profile is named), web identity, profile,
// container, instance.
std::unique_ptr<CredentialChain> DefaultCredentials(const std::string& profile_name,
                                                    const AwsProfile& profile,
                                                    const std::string& region,
                                                    const std::string& ca_bundle,
                                                    const Environment& environment);

}  // namespace octo::storage

#pragma once

#include <string>

#include "base/error.h"

// The errors of this folder: stage "decrypt", scope delivery.
namespace octo::openpgp {

// The bytes are wrong.
Error Corrupt(std::string message, std::string hint = {});
// A tail is missing.
Error Incomplete(std::string message);
// No key or passphrase of ours fits.
Error Denied(std::string message, std::string hint = {});
// Something this program can't do.
Error Unsupported(std::string message, std::string hint = {});

// Thrown where bytes end before they should. Outside of the encryption a tail is missing; inside of
// it, where the integrity has been checked, the sender made a broken message.
Error CiphertextEndsEarly();
Error PlaintextEndsEarly();

}  // namespace octo::openpgp

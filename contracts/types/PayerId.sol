// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Names who funds a channel: an account, or a relay's earnings.
/// Protocol sections 2 and 3 say how it is derived.
type PayerId is bytes32;

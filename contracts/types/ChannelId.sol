// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Names a payment channel.
/// Protocol sections 2 and 3 say how it is derived.
type ChannelId is bytes32;

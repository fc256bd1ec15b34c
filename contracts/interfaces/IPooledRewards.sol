// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRewardSource} from "./IRewardSource.sol";

/// @title IPooledRewards
/// @notice Rewards out of a pool that anyone may fill and nobody can empty.
interface IPooledRewards is IRewardSource {
    /// @notice `amount` is what arrived.
    event ToppedUp(address indexed from, uint256 amount);

    error PooledRewards_NothingReceived();

    /// @notice Adds `amount` of the caller's tokens, of which it must have approved that much, for good.
    function topUp(uint256 amount) external;
}

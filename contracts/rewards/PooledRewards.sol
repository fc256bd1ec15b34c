// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IPooledRewards} from "../interfaces/IPooledRewards.sol";
import {RewardLedger} from "./RewardLedger.sol";

/// @title PooledRewards
/// @dev Documented in IPooledRewards.
contract PooledRewards is RewardLedger, IPooledRewards {
    using SafeERC20 for IERC20;

    constructor(IERC20 token_) RewardLedger(token_) {}

    /// @inheritdoc IPooledRewards
    function topUp(uint256 amount) external override nonReentrant {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 held = token.balanceOf(address(this));
        if (held <= before) revert PooledRewards_NothingReceived();
        uint256 added = held - before;
        _addFree(added);
        emit ToppedUp(msg.sender, added);
    }

    function _provide(uint256) internal pure override returns (uint256) {
        return 0;
    }
}

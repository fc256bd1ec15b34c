// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ICoverLottery} from "../interfaces/ICoverLottery.sol";
import {ChannelId} from "../types/ChannelId.sol";
import {RelayId} from "../types/RelayId.sol";
import {LotteryParameters} from "./LotteryParameters.sol";

/// @title LotteryRewards
/// @notice What relays have won, all of it reserved at the source, and where it can go.
abstract contract LotteryRewards is LotteryParameters, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev One more than the rewards of a relay that ever won: a slot that is emptied and filled again
    /// would cost each of its winners four times as much.
    mapping(RelayId relay => uint256 rewardsAndOne) private _rewards;

    constructor() {
        // This contract holds tokens only within a call, and all that then go to the channels contract.
        TOKEN.forceApprove(address(CHANNELS), type(uint256).max);
    }

    /// @inheritdoc ICoverLottery
    function collect(RelayId relay) external override nonReentrant {
        uint256 amount = rewardsOf(relay);
        if (amount == 0) revert CoverLottery_NothingToCollect(relay);
        _spend(relay, amount);
        emit RewardsCollected(relay, amount);
        CHANNELS.addEarnings(relay, _draw(amount));
    }

    /// @inheritdoc ICoverLottery
    function collectIntoChannel(
        RelayId relay,
        ChannelId channel,
        uint256 amount
    ) external override nonReentrant {
        (address owner, , ) = REGISTRY.redemptionInfo(relay);
        if (msg.sender != owner) revert CoverLottery_NotOwner(msg.sender, owner);
        _spend(relay, amount);
        emit RewardsMoved(relay, channel, amount);
        CHANNELS.fund(channel, _draw(amount));
    }

    /// @inheritdoc ICoverLottery
    function rewardsOf(RelayId relay) public view override returns (uint256) {
        uint256 word = _rewards[relay];
        return word == 0 ? 0 : word - 1;
    }

    /// @inheritdoc ICoverLottery
    function totalRewards() external view override returns (uint256) {
        return REWARDS.reserved();
    }

    function _creditReward(RelayId relay, uint256 amount) internal {
        uint256 word = _rewards[relay];
        _rewards[relay] = (word == 0 ? 1 : word) + amount;
    }

    function _spend(RelayId relay, uint256 amount) private {
        uint256 rewards = rewardsOf(relay);
        if (amount > rewards) revert CoverLottery_AboveRewards(amount, rewards);
        _rewards[relay] = rewards - amount + 1;
    }

    /// @return What arrived here, less than `amount` if the token takes a fee.
    function _draw(uint256 amount) private returns (uint256) {
        uint256 held = TOKEN.balanceOf(address(this));
        REWARDS.pay(address(this), amount);
        return TOKEN.balanceOf(address(this)) - held;
    }
}

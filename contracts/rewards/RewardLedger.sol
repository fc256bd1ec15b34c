// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IRewardSource} from "../interfaces/IRewardSource.sol";

/// @title RewardLedger
/// @notice What all reward sources share: the lottery they serve, and what is free and what is reserved.
/// @dev Balances of the token are never taken for money to give away: tokens that somebody sends here
/// without a top-up count for nothing.
abstract contract RewardLedger is IRewardSource, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    address private immutable DEPLOYER = msg.sender;

    /// @inheritdoc IRewardSource
    IERC20 public immutable override token;
    /// @inheritdoc IRewardSource
    address public override lottery;
    /// @dev Beside the lottery in one slot, the only one that a claim touches here. Never more than 2^96 − 1.
    uint96 private _free;
    /// @dev What came in and was not paid out: free or reserved.
    uint256 private _held;

    modifier onlyLottery() {
        if (msg.sender != lottery) revert RewardSource_NotLottery(msg.sender, lottery);
        _;
    }

    constructor(IERC20 token_) {
        if (address(token_).code.length == 0) revert RewardSource_NoContract(address(token_));
        token = token_;
    }

    /// @inheritdoc IRewardSource
    function connectLottery(address connected) external override {
        if (msg.sender != DEPLOYER) revert RewardSource_NotDeployer(msg.sender, DEPLOYER);
        if (lottery != address(0)) revert RewardSource_LotteryConnected(lottery);
        if (connected.code.length == 0) revert RewardSource_NoContract(connected);
        lottery = connected;
        emit LotteryConnected(connected);
    }

    /// @inheritdoc IRewardSource
    function reserve(uint256 amount) external override onlyLottery {
        uint256 free = _free;
        if (amount > free) {
            uint256 provided = _provide(amount - free);
            _held += provided;
            free += provided;
        }
        if (amount > free) revert RewardSource_Short(available(), amount);
        _free = (free - amount).toUint96();
    }

    /// @inheritdoc IRewardSource
    function pay(address to, uint256 amount) external override onlyLottery nonReentrant {
        if (amount > reserved()) revert RewardSource_AboveReserved(amount, reserved());
        uint256 held = token.balanceOf(address(this));
        if (held < amount) revert RewardSource_TokenShortfall(held, amount);
        _held -= amount;
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc IRewardSource
    function reserved() public view override returns (uint256) {
        return _held - _free;
    }

    /// @inheritdoc IRewardSource
    function available() public view virtual override returns (uint256) {
        return _free;
    }

    /// @dev For tokens that have come in.
    function _addFree(uint256 added) internal {
        _free = (_free + added).toUint96();
        _held += added;
    }

    /// @dev Called when `missing` more is needed than is free.
    /// @return provided How much this contract has got now that it had not before, perhaps nothing.
    function _provide(uint256 missing) internal virtual returns (uint256 provided);
}

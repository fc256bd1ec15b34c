// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IMintingRewards} from "../interfaces/IMintingRewards.sol";
import {IRewardSource} from "../interfaces/IRewardSource.sol";
import {IWaybillToken} from "../interfaces/IWaybillToken.sol";
import {RewardLedger} from "./RewardLedger.sol";

/// @title MintingRewards
/// @dev Documented in IMintingRewards.
contract MintingRewards is RewardLedger, IMintingRewards {
    /// @inheritdoc IMintingRewards
    uint256 public immutable override batch;

    constructor(IWaybillToken token_, uint256 batch_) RewardLedger(token_) {
        // What is left of a batch must fit what the ledger can hold free.
        if (batch_ > type(uint96).max)
            revert MintingRewards_BatchTooLarge(batch_, type(uint96).max);
        batch = batch_;
    }

    /// @inheritdoc IRewardSource
    function available() public view override(RewardLedger, IRewardSource) returns (uint256) {
        return super.available() + _mintable();
    }

    function _provide(uint256 missing) internal override returns (uint256 provided) {
        uint256 mintable = _mintable();
        if (missing > mintable) return 0;
        provided = Math.max(missing, Math.min(batch, mintable));
        _token().mint(address(this), provided);
    }

    function _mintable() private view returns (uint256) {
        return _token().minter() == address(this) ? _token().mintable() : 0;
    }

    function _token() private view returns (IWaybillToken) {
        return IWaybillToken(address(token));
    }
}

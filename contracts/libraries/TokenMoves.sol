// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IERC20Burnable} from "../interfaces/IERC20Burnable.sol";
import {IPaymentChannels} from "../interfaces/IPaymentChannels.sol";

/// @title TokenMoves
/// @notice Moves tokens and believes only balances. Callers hold the re-entry guard: a deposit made
/// inside another would be counted by both.
library TokenMoves {
    using SafeERC20 for IERC20Burnable;

    /// @return received What arrived, which is less than `amount` when the token takes a fee.
    function pull(
        IERC20Burnable token,
        address from,
        uint256 amount
    ) internal returns (uint256 received) {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 held = token.balanceOf(address(this));
        if (held <= before) revert IPaymentChannels.PaymentChannels_NothingReceived();
        return held - before;
    }

    /// @return left What this contract holds afterwards.
    function payOut(
        IERC20Burnable token,
        address to,
        uint256 amount
    ) internal returns (uint256 left) {
        uint256 before = token.balanceOf(address(this));
        if (before < amount) revert IPaymentChannels.PaymentChannels_TokenShortfall(before, amount);
        token.safeTransfer(to, amount);
        return _leftAfter(token, before, amount);
    }

    /// @notice Burns `amount`, which this contract must hold.
    function destroy(IERC20Burnable token, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.burn(amount);
        _leftAfter(token, before, amount);
    }

    function _leftAfter(
        IERC20Burnable token,
        uint256 before,
        uint256 sent
    ) private view returns (uint256 left) {
        left = token.balanceOf(address(this));
        if (left + sent < before)
            revert IPaymentChannels.PaymentChannels_TokenOvercharged(before - left, sent);
    }
}
